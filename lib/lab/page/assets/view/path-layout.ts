/**
 * pathLayout: where the stations of a packet's way stand on a drawing with two lanes, user space and kernel. Pure.
 *
 * Where there is room it runs from left to right with user space above the kernel, labels in two rows by turns; else
 * from top to bottom with user space left of it.
 */

export interface PathLayout {
  readonly isWide: boolean
  readonly width: number
  readonly height: number
  readonly points: readonly PathPoint[]
  /** Where user space ends. */
  readonly border: number
  /** For a label, in characters. */
  readonly room: number
}

export interface PathPoint {
  readonly x: number
  readonly y: number
  /** Of its label. */
  readonly label: { readonly x: number; readonly y: number }
}

/** Below this two rows of labels do not suffice, in px. */
const leastPerStation = 62

/** Of the font of labels, in px. */
const perCharacter = 6.7

const wide = { height: 158, lane: { user: 58, kernel: 106 }, border: 82, row: 15 }
const narrow = {
  width: 260,
  perStation: 34,
  lane: { user: 20, kernel: 70 },
  border: 45,
  top: 34,
  label: 92,
}

export function pathLayout(spaces: readonly ('user' | 'kernel')[], width: number): PathLayout {
  const perStation = width / Math.max(spaces.length, 1)
  if (perStation < leastPerStation) return narrowLayout(spaces)
  let row = 0
  return {
    isWide: true,
    width,
    height: wide.height,
    border: wide.border,
    room: Math.floor((2 * perStation) / perCharacter) - 1,
    points: spaces.map((space, i) => {
      row = spaces[i - 1] === space ? 1 - row : 0
      const x = Math.round((i + 0.5) * perStation)
      const y = wide.lane[space]
      const away = row * wide.row
      return { x, y, label: { x, y: space === 'user' ? y - 15 - away : y + 24 + away } }
    }),
  }
}

function narrowLayout(spaces: readonly ('user' | 'kernel')[]): PathLayout {
  const { width, perStation, lane, border, top, label } = narrow
  return {
    isWide: false,
    width,
    height: top + spaces.length * perStation,
    border,
    room: Math.floor((width - label) / perCharacter),
    points: spaces.map((space, i) => {
      const y = top + i * perStation
      return { x: lane[space], y, label: { x: label, y: y + 4 } }
    }),
  }
}
