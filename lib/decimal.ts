/**
 * decimal: `String` of whole numbers that hardly ever come twice, as ports of clients.
 *
 * V8 keeps the text of each number that was made a string, thousands of them, and every young collection has to move those
 * that are new. Measured with nothing else that stays: 0.5 ms a collection, 0.1 ms with this.
 */

const texts = Array.from({ length: 1000 }, (_, index) => String(index))
const lastThree = texts.map((text) => text.padStart(3, '0'))

/** @param value whole, and not negative */
export function decimal(value: number): string {
  if (!(value >= 1000)) return texts[value] ?? String(value)
  const thousands = Math.floor(value / 1000)
  const first = texts[thousands] ?? String(thousands)
  return first + (lastThree[value - thousands * 1000] as string)
}
