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

showTheme(readPreference('theme'))
const settings = (await (await fetch('/assets/settings.json')).json()) as Settings
const panels: readonly Panel[] = [
  new ModesPanel(),
  new ControlsPanel(),
  new PathPanel(),
  new AnswersPanel(),
  new LatencyPanel(),
  new RulesPanel(),
  new TimelinePanel(),
]
let topics: PageTopics | undefined
let language = await Language.load(
  chooseLanguage(
    [readPreference('language'), settings.language ?? '', ...navigator.languages],
    settings.languages,
  ),
)

for (const name of settings.languages) {
  languages.append(element('option', { value: name, lang: name }, languageNames[name] ?? name))
}
languages.addEventListener('change', () => void pickLanguage(languages.value))
theme.append(...themes.map((name) => element('option', { value: name })))
theme.value = readPreference('theme') || 'system'
theme.addEventListener('change', () => {
  writePreference('theme', theme.value)
  showTheme(theme.value)
})
pause.addEventListener('click', () => {
  void askLab({ name: 'play', isOn: topics?.traffic.isOn === false })
})
showLanguage()

// Who wants nothing to move is shown nothing that moves, until asked to.
if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
  await askLab({ name: 'play', isOn: false })
}

let events: EventSource | undefined
// A page that is not seen has no stream, and so the lab sends nothing for it.
document.addEventListener('visibilitychange', follow)
follow()

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
  topics = { ...topics, ...(JSON.parse(data) as PageTopics) }
  show()
}

function show(): void {
  if (topics === undefined) return
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
  for (const panel of panels) panel.show(topics, language)
}

async function pickLanguage(name: string): Promise<void> {
  writePreference('language', name)
  language = await Language.load(name)
  showLanguage()
}

function showLanguage(): void {
  document.documentElement.lang = language.name
  document.title = language.text('title')
  languages.value = language.name
  language.apply(document)
  setText(lost, language.text('lost'))
  for (const option of theme.options) {
    setText(option, language.text(`theme.${option.value as (typeof themes)[number]}`))
  }
  show()
}

function showTheme(name: string): void {
  const { dataset } = document.documentElement
  if (name === 'light' || name === 'dark') dataset['theme'] = name
  else delete dataset['theme']
}
