/**
 * The rules for names and labels that the Kubernetes API enforces, each with its words for an error message.
 *
 * @see kubernetes v1.34 staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go
 */

/** A rule for a text, and what a text that keeps it is called. */
export interface TextRule {
  readonly right: string
  readonly holds: (text: string) => boolean
}

const label = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/
const qualifiedName = /^[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?$/

/** RFC 1123 label: namespaces, port names and, since KEP-5311, Services (`7zip`). */
export const dnsLabel: TextRule = {
  right: 'a DNS label (at most 63 of a-z, 0-9 and "-", no "-" at either end)',
  holds: (text) => text.length <= 63 && label.test(text),
}

/** RFC 1123 subdomain: names of most other objects, and of nodes. */
export const dnsSubdomain: TextRule = {
  right: 'a DNS name (labels of a-z, 0-9 and "-" with dots between, at most 253 characters)',
  holds: (text) => text.length <= 253 && text.split('.').every((part) => label.test(part)),
}

/** Name of a port in an EndpointSlice or Endpoints: `''` is the unnamed one. */
export const portName: TextRule = {
  right: `"" or ${dnsLabel.right}`,
  holds: (text) => text === '' || dnsLabel.holds(text),
}

/** Value of a label. */
export const labelValue: TextRule = {
  right:
    'a label value (at most 63 letters, digits, "-", "_" and ".", a letter or digit at both ends)',
  holds: (text) => text === '' || (text.length <= 63 && qualifiedName.test(text)),
}

/** Key of a label: a name, with or without a DNS name and a slash before it. */
export const labelKey: TextRule = {
  right:
    'a label key (a name of at most 63 letters, digits, "-", "_" and ".", before it "DNS name/" or nothing)',
  holds: (text) => {
    const [name = '', prefix, ...more] = text.split('/').reverse()
    return (
      more.length === 0 &&
      (prefix === undefined || dnsSubdomain.holds(prefix)) &&
      name.length <= 63 &&
      qualifiedName.test(name)
    )
  },
}

/** Any text that is shown to people only: short, and nothing in it that moves a cursor. */
export const plainText: TextRule = {
  right: 'a text of at most 253 characters without control characters',
  holds: (text) => text.length <= 253 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text),
}
