import t from 'tap'
import { languages } from '../../../../../lib/lab/messages/languages.ts'
import { pageMessages } from '../../../../../lib/lab/messages/page/page-messages.ts'

const { en } = pageMessages

function placesOf(message: string): string[] {
  return (message.match(/\{\w+\}/g) ?? []).toSorted()
}

for (const language of languages) {
  const messages = pageMessages[language]
  t.test(`${language} has every message, with the places of the English one`, async (t) => {
    t.same(Object.keys(messages), Object.keys(en))
    for (const [key, message] of Object.entries(messages)) {
      t.not(message.trim(), '', key)
      t.same(placesOf(message), placesOf(en[key as keyof typeof en]), key)
    }
  })
}

t.test('what is Chinese is Chinese, but for names', async (t) => {
  const same = Object.entries(pageMessages['zh-CN']).filter(
    ([key, message]) => en[key as keyof typeof en] === message && /[a-z]{4}/.test(message),
  )
  const names = /^(?:mode\.|affinity\.ClientIP|service$|station\.)/
  t.same(
    same.filter(([key]) => !names.test(key)),
    [],
  )
})
