/**
 * NftTable: a table of nftables as data, and as the text that `nft -f` reads.
 */

export interface NftRule {
  readonly text: string
  readonly comment: string | undefined
}

export interface NftElement {
  /** A verdict; `undefined` in a set. */
  readonly value: string | undefined
  readonly comment: string | undefined
}

/** A map or a set. */
export interface NftContainer {
  readonly kind: 'map' | 'set'
  /** Its type and flags, a line for each. */
  readonly lines: readonly string[]
  /** By key: `10.96.0.10 . tcp . 80`. */
  readonly elements: Map<string, NftElement>
}

export interface NftChain {
  /** Of a base chain: `type nat hook prerouting priority -100; policy accept;`. */
  readonly base: string | undefined
  readonly rules: NftRule[]
}

export class NftTable {
  /** `ip kube-proxy`. */
  readonly name: string
  readonly comment: string
  readonly chains = new Map<string, NftChain>()
  readonly containers = new Map<string, NftContainer>()

  constructor(name: string, comment: string) {
    this.name = name
    this.comment = comment
  }

  /** Makes a chain; one that is there stays. */
  chain(name: string, base?: string): void {
    if (!this.chains.has(name)) this.chains.set(name, { base, rules: [] })
  }

  container(kind: NftContainer['kind'], name: string, lines: readonly string[]): void {
    this.containers.set(name, { kind, lines, elements: new Map() })
  }

  rule(chain: string, text: string, comment?: string): void {
    this.chain(chain)
    this.chains.get(chain)?.rules.push({ text, comment })
  }

  /** A key that is there stays as it is, for no map has two of one. */
  element(container: string, key: string, value?: string, comment?: string): void {
    const elements = this.containers.get(container)?.elements
    if (elements?.has(key) === false) elements.set(key, { value, comment })
  }

  /** Maps and sets first, as `nft list table` does. */
  toString(): string {
    const lines = [`table ${this.name} {`, `\tcomment "${this.comment}"`]
    for (const [name, { kind, lines: own, elements }] of this.containers) {
      lines.push('', `\t${kind} ${name} {`, ...own.map((line) => `\t\t${line}`))
      if (elements.size > 0) {
        const texts = [...elements].map(([key, element]) => elementText(key, element))
        lines.push(`\t\telements = { ${texts.join(',\n\t\t\t     ')} }`)
      }
      lines.push('\t}')
    }
    for (const [name, { base, rules }] of this.chains) {
      lines.push('', `\tchain ${name} {`, ...(base === undefined ? [] : [`\t\t${base}`]))
      for (const { text, comment } of rules) lines.push(`\t\t${text}${commentText(comment)}`)
      lines.push('\t}')
    }
    return [...lines, '}', ''].join('\n')
  }
}

function elementText(key: string, { value, comment }: NftElement): string {
  return `${key}${commentText(comment)}${value === undefined ? '' : ` : ${value}`}`
}

function commentText(comment: string | undefined): string {
  return comment === undefined ? '' : ` comment "${comment}"`
}
