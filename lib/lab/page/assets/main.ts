/**
 * The page of the lab: takes topics from one stream of events, and has each panel show them.
 */
import type { PageTopics } from '../page-topics.ts'
import { AnswersPanel } from './answers-panel.ts'
import { askLab } from './ask-lab.ts'
import { ControlsPanel } from './controls-panel.ts'
import { byId, element, setText } from './element.ts'
import { Language } from './language.ts'
import { LatencyPanel } from './latency-panel.ts'
import { ModesPanel } from './modes-panel.ts'
import type { Panel } from './panel.ts'
import { PathPanel } from './path-panel.ts'
import { readPreference, writePreference } from './preference.ts'
import { RulesPanel } from './rules-panel.ts'
import { TimelinePanel } from './timeline-panel.ts'
import { chooseLanguage } from './view/choose-language.ts'

interface Settings {
  readonly language: string | null
  readonly languages: readonly string[]
}

const languageNames: Readonly<Record<string, string>> = { en: 'English', 'zh-CN': '简体中文' }
const themes = ['system', 'light', 'dark'] as const

const pause = byId('pause')
const languages = byId('language') as HTMLSelectElement
const theme = byId('theme') as HTMLSelectElement
const lost = byId('lost')

const panels: readonly Panel[] = [
  new ModesPanel(),
  new ControlsPanel(),
  new PathPanel(),
  new AnswersPanel(),
  new LatencyPanel(),
  new RulesPanel(),
  new TimelinePanel(),
]
let events: EventSource | undefined
let topics: PageTopics | undefined
let language: Language | undefined

showTheme(readPreference('theme'))
theme.append(...themes.map((name) => element('option', { value: name })))
theme.value = readPreference('theme') || 'system'
theme.addEventListener('change', () => {
  writePreference('theme', theme.value)
  showTheme(theme.value)
})
pause.addEventListener('click', () => {
  void askLab({ name: 'play', isOn: topics?.traffic.isOn === false })
})
// Whichever comes first does not wait for the other.
await Promise.all([begin(), loadLanguages()])

async function begin(): Promise<void> {
  // Who wants nothing to move is shown nothing that moves, until asked to.
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
    await askLab({ name: 'play', isOn: false })
  }
  // A page that is not seen has no stream, and so the lab sends nothing for it.
  document.addEventListener('visibilitychange', follow)
  follow()
}

async function loadLanguages(): Promise<void> {
  const settings = (await (await fetch('/assets/settings.json')).json()) as Settings
  for (const name of settings.languages) {
    languages.append(element('option', { value: name, lang: name }, languageNames[name] ?? name))
  }
  languages.addEventListener('change', () => {
    writePreference('language', languages.value)
    void speak(languages.value)
  })
  const wanted = [readPreference('language'), settings.language ?? '', ...navigator.languages]
  await speak(chooseLanguage(wanted, settings.languages))
}

function follow(): void {
  if (document.visibilityState === 'hidden') {
    events?.close()
    events = undefined
    return
  }
  if (events !== undefined) return
  events = new EventSource('/api/v1/events')
  events.addEventListener('snapshot', take)
  events.addEventListener('delta', take)
  events.addEventListener('open', () => (lost.hidden = true))
  events.addEventListener('error', () => (lost.hidden = false))
}

function take({ data }: MessageEvent<string>): void {
  const news = JSON.parse(data) as PageTopics
  topics = { ...topics, ...news }
  show(({ uses }) => uses.some((name) => name in news))
}

function show(isConcerned: (panel: Panel) => boolean): void {
  if (topics === undefined || language === undefined) return
  const { description, sides, traffic } = topics
  const [side] = sides
  if (side === undefined) return
  const { name, clusterIP, port } = side.service
  setText(byId('service'), name)
  setText(byId('address'), `${clusterIP}:${port}`)
  const ready = side.pods.filter(({ isReady, isListed }) => isReady && isListed).length
  const level = language.text('level', { level: language.text(`level.${description.level}`) })
  const pods = language.text('pods', { ready, all: side.pods.length })
  setText(byId('level'), [level, pods, description.reason].filter(Boolean).join(' · '))
  setText(pause, language.text(traffic.isOn ? 'pause' : 'resume'))
  document.documentElement.toggleAttribute('data-paused', !traffic.isOn)
  for (const panel of panels) if (isConcerned(panel)) panel.show(topics, language)
}

async function speak(name: string): Promise<void> {
  language = await Language.load(name)
  document.documentElement.lang = name
  document.title = language.text('title')
  languages.value = name
  language.apply(document)
  setText(lost, language.text('lost'))
  for (const option of theme.options) {
    setText(option, language.text(`theme.${option.value as (typeof themes)[number]}`))
  }
  show(() => true)
}

function showTheme(name: string): void {
  const { dataset } = document.documentElement
  if (name === 'light' || name === 'dark') dataset['theme'] = name
  else delete dataset['theme']
}
