import t from 'tap'
import { chooseLanguage } from '../../../../../../lib/lab/page/assets/view/choose-language.ts'

t.test('the first that is wanted and there', async (t) => {
  for (const [wanted, chosen] of [
    [['zh-CN'], 'zh-CN'],
    [['', '', 'fr', 'zh-Hans-CN', 'en'], 'zh-CN'],
    [['zh'], 'zh-CN'],
    [['en-GB', 'zh-CN'], 'en'],
    [['fr'], 'en'],
    [[], 'en'],
  ] as const) {
    t.equal(chooseLanguage(wanted, ['en', 'zh-CN']), chosen)
  }
  t.equal(chooseLanguage(['fr'], []), 'en')
})
