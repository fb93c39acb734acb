/**
 * pathLayout: where the stations of a packet's way stand on a drawing with two lanes, user space and kernel. Pure.
 *
 * Where there is room it runs from left to right with user space above the kernel; else from top to bottom with user
 * space left of it.
 */

export interface PathLayout {
  readonly isWide: boolean
  readonly width: number
  readonly height: number
  readonly points: readonly PathPoint[]
  /** Of the line through all points, as SVG writes it. */
  readonly line: string
  /** Where user space ends. */
  readonly border: number
}

export interface PathPoint {
  readonly x: number
  readonly y: number
}

/** Below this a label has no room beside the next, in px. */
const leastPerStation = 84

const wide = { height: 148, user: 46, kernel: 102, border: 74 }
const narrow = { perStation: 46, user: 26, kernel: 88, border: 57, margin: 36 }

export function pathLayout(spaces: readonly ('user' | 'kernel')[], width: number): PathLayout {
  const perStation = width / Math.max(spaces.length, 1)
  const isWide = perStation >= leastPerStation
  const points = spaces.map((space, i) =>
    isWide
      ? { x: (i + 0.5) * perStation, y: wide[space] }
      : { x: narrow[space], y: narrow.margin + i * narrow.perStation },
  )
  return {
    isWide,
    width,
    height: isWide ? wide.height : narrow.margin + spaces.length * narrow.perStation,
    points,
    line: points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${y}`).join(''),
    border: isWide ? wide.border : narrow.border,
  }
}

function round(x: number): number {
  return Math.round(x * 10) / 10
}
