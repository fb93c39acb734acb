import t from 'tap'
import { experimentNames } from '../../../../../lib/lab/course/experiment.ts'
import { courseTexts } from '../../../../../lib/lab/messages/course/course-texts.ts'
import { languages } from '../../../../../lib/lab/messages/languages.ts'

const places = (message: string): string[] =>
  [...message.matchAll(/\{\w+\}/g)].map(([place]) => place).toSorted()

/** What is to be typed is the same in every language. */
const commands = (text: string): string[] => [...text.matchAll(/`[^`]+`/g)].map(([one]) => one)

t.test('every language has the same keys, places, answers and commands', (t) => {
  const { en } = courseTexts
  for (const language of languages) {
    const text = courseTexts[language]
    for (const part of ['words', 'outcomes', 'seen'] as const) {
      t.same(Object.keys(text[part]).toSorted(), Object.keys(en[part]).toSorted())
      for (const [key, message] of Object.entries<string>(text[part])) {
        const english = (en[part] as Readonly<Record<string, string>>)[key] ?? ''
        t.same(places(message), places(english), `${language} ${key}`)
      }
    }
    t.same(Object.keys(text.experiments), experimentNames)
    for (const name of experimentNames) {
      const [own, english] = [text.experiments[name], en.experiments[name]]
      t.equal(own.answer, english.answer, `${language} ${name}`)
      t.equal(own.errata.length, english.errata.length, `${language} ${name}`)
      t.same(commands(own.next), commands(english.next), `${language} ${name}`)
      t.equal(new Set(own.choices).size, 3)
    }
  }
  t.end()
})
