import t from 'tap'
import { NftTable } from '../../../../../lib/lab/render/nftables/nft-table.ts'

t.test('is printed as nft reads it', async (t) => {
  const table = new NftTable('ip test', 'of a test')
  table.container('set', 'empty', ['type ipv4_addr'])
  table.container('map', 'ports', ['type inet_service : verdict', 'comment "some"'])
  table.element('ports', '80', 'goto own')
  table.element('ports', '81', 'drop', 'default/web')
  // No map has two of one key, and no element is without a map.
  table.element('ports', '80', 'accept')
  table.element('nowhere', '80')
  table.chain('base', 'type nat hook prerouting priority -100; policy accept;')
  table.chain('base')
  table.rule('base', 'tcp dport vmap @ports')
  table.rule('own', 'drop', 'nobody')
  t.equal(
    String(table),
    `table ip test {
	comment "of a test"

	set empty {
		type ipv4_addr
	}

	map ports {
		type inet_service : verdict
		comment "some"
		elements = { 80 : goto own,
			     81 comment "default/web" : drop }
	}

	chain base {
		type nat hook prerouting priority -100; policy accept;
		tcp dport vmap @ports
	}

	chain own {
		drop comment "nobody"
	}
}
`,
  )
})
