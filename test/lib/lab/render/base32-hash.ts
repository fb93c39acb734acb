import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { base32Hash } from '../../../../lib/lab/render/base32-hash.ts'

t.test('makes the names that kube-proxy made', async (t) => {
  // kubernetes v1.20 pkg/proxy/iptables; each was seen in a cluster.
  const seen = {
    'default/web:httptcp': 'CDGGSHYLG3RE2FKL',
    'default/dns:uudp': 'CXYQUKTH3LV4KNB6',
    'default/nginx-basic:httptcp': 'WWRFY3PZ7W3FGMQW',
    'default/nginx-basic:httptcp192.168.185.13:80': 'C6OXGZ6X74U4SWF2',
    // Every cluster has these.
    'default/kubernetes:httpstcp': 'NPX46M4PTMTKRN6Y',
    'kube-system/kube-dns:dnsudp': 'TCOU7JCQXEZGVUNU',
    'kube-system/kube-dns:dns-tcptcp': 'ERIFXISQEP7F7OF4',
    'kube-system/kube-dns:metricstcp': 'JD5MR3NA4I4DYORP',
  }
  for (const [text, hash] of Object.entries(seen)) t.equal(base32Hash(text, 16), hash, text)
})

t.test('is base32 of the bytes, whatever the text and the length', async () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 48 }), (text, length) => {
      const bits = [...createHash('sha256').update(text).digest()]
        .map((byte) => byte.toString(2).padStart(8, '0'))
        .join('')
      const letters = (bits.match(/.{5}/g) ?? []).map((five) =>
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(Number.parseInt(five, 2)),
      )
      return base32Hash(text, length) === letters.slice(0, length).join('')
    }),
  )
})
