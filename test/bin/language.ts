import t from 'tap'
import { languageOf } from '../../bin/language.ts'

t.test('LC_ALL, then LC_MESSAGES, then LANG; what is empty is not set', (t) => {
  for (const [env, language] of [
    [{}, 'en'],
    [{ LANG: 'zh_CN.UTF-8' }, 'zh-CN'],
    [{ LANG: 'zh_TW' }, 'zh-CN'],
    [{ LANG: 'de_DE.UTF-8' }, 'en'],
    [{ LC_ALL: 'C', LANG: 'zh_CN.UTF-8' }, 'en'],
    [{ LC_ALL: '', LC_MESSAGES: 'zh_CN', LANG: 'en_US' }, 'zh-CN'],
  ] as const) {
    t.equal(languageOf(env), language, JSON.stringify(env))
  }
  t.end()
})
