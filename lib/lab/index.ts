/**
 * The door of the teaching lab, `userspace-proxy/lab`: what the modes of kube-proxy would install for the same
 * Services.
 *
 * It stands on the library's own door and on nothing behind it.
 */
export { render } from './render/render.ts'
export type { RenderOptions } from './render/render.ts'
export { renderModes } from './render/rendering.ts'
export type { EntryWalk, FamilyRendering, Rendering, RenderMode } from './render/rendering.ts'

// The way of a packet through rules.
export { walkIptables } from './walk/walk-iptables.ts'
export { parseIptablesText } from './walk/iptables-text.ts'
export type { Condition, ParsedRule, ParsedRules } from './walk/iptables-text.ts'
export type { Packet, Step, Walk, WalkOptions } from './walk/packet.ts'

// How IPVS would choose, where no kernel has it.
export { ipvsSchedulers } from './ipvs-schedulers/schedulers.ts'
export type { IpvsSchedulerName } from './ipvs-schedulers/schedulers.ts'
export type { IpvsScheduler, SchedulerInput, SchedulerServer } from './ipvs-schedulers/scheduler.ts'

// The lab: one Service, three pods, and every mode that can carry it.
export { openLab } from './open-lab.ts'
export type { OpenLabOptions } from './open-lab.ts'
export { chooseLevel } from './level.ts'
export type { ChooseLevelOptions, LevelChoice } from './level.ts'
export { labModes, labSchedulers, podNames } from './lab.ts'
export type * from './lab.ts'

// Questions to the lab, and their answers as records.
export { runScenes } from './scenes/run-scenes.ts'
export type { RunScenesOptions, SceneRecord, SceneReport } from './scenes/run-scenes.ts'
export { sceneNames } from './scenes/scene.ts'
export type { Answered, InstalledRules, SceneName, SkippedPart, Whose } from './scenes/scene.ts'
export type { ClusterIPLook, ClusterIPRecord } from './scenes/cluster-ip-scene.ts'
export type { Cost, CostRecord, ModeCost } from './scenes/cost-scene.ts'
export type { DeadPodRecord, DeadPodResult } from './scenes/dead-pod-scene.ts'
export type { IptablesRecord, TracedPacket, UserspaceRecord } from './scenes/mode-scenes.ts'
export type { OpenConnectionRecord, OpenConnectionResult } from './scenes/open-connection-scene.ts'

// In the words of the reader.
export { demoMessages } from './messages/demo/demo-messages.ts'
export type { DemoMessages } from './messages/demo/demo-messages.ts'
export { fill } from './messages/fill.ts'
export { languages } from './messages/languages.ts'
export type { Language } from './messages/languages.ts'

// What each mode costs on this machine.
export { runReport } from './report/run-report.ts'
export type { RunReportOptions } from './report/run-report.ts'
export { reportMarkdown } from './report/report-markdown.ts'
export type { Figure } from './report/figure.ts'
export type {
  ModeBehaviour,
  ModeCosts,
  ModeScale,
  ScaleStep,
  Surroundings,
  TradeOffs,
} from './report/trade-offs.ts'

// Its page.
export { LabSession } from './page/lab-session.ts'
export type { LabSessionOptions } from './page/lab-session.ts'
export { PageServer } from './page/page-server.ts'
export type { PageServerOptions } from './page/page-server.ts'
export { pageText } from './page/page-text.ts'
export type { AnswerTally, TimelineEntry } from './page/page-topics.ts'

// Ten experiments.
export { experimentNames } from './course/experiment.ts'
export type { ExperimentName, ExperimentRecord, Seen, SeenGroup } from './course/experiment.ts'
export { runExperiment } from './course/run-experiment.ts'
export type { CourseText, ExperimentText, SeenKey } from './messages/course/course-text.ts'
export { courseTexts } from './messages/course/course-texts.ts'
