import t from 'tap'
import { demoMessages } from '../../../../../lib/lab/messages/demo/demo-messages.ts'
import { languages } from '../../../../../lib/lab/messages/languages.ts'

const places = (message: string): string[] =>
  [...message.matchAll(/\{\w+\}/g)].map(([place]) => place).toSorted()

t.test('every language has the same keys, places and columns', (t) => {
  const { en } = demoMessages
  for (const language of languages) {
    const messages = demoMessages[language]
    t.same(Object.keys(messages).toSorted(), Object.keys(en).toSorted(), language)
    for (const [key, message] of Object.entries(messages)) {
      const english = en[key as keyof typeof en]
      t.same(places(message), places(english), `${language} ${key}`)
      t.equal(message.split('|').length, english.split('|').length, `${language} ${key}`)
    }
  }
  t.end()
})

t.test('words of the API stay as they are', (t) => {
  const words = /\b(?:Service|ClusterIP|Pod|userspace|iptables|conntrack)\b/
  const { en, 'zh-CN': zh } = demoMessages
  for (const key of ['becauseClusterIP', 'titleIptables', 'becauseOpenConnection'] as const) {
    t.match(en[key], words)
    t.match(zh[key], /Service|ClusterIP|Pod|iptables|conntrack/)
  }
  t.end()
})
