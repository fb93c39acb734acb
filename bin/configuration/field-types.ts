/**
 * Types of the fields of a KubeProxyConfiguration: what a value of each must be, and the one text it is known by here.
 *
 * As strict as kube-proxy's decoder, which takes no number for a text and no text for a number. Durations are read as
 * those of the flags are.
 */
import { formatDuration, parseDuration } from '../duration.ts'

export interface FieldType {
  /** In the words of an error message. */
  readonly right: string
  /** The text of Go's zero value, which stands for "not given". */
  readonly zero: string
  /** The text of a value, equal for values that mean the same; `undefined` where it has another type. */
  readonly read: (value: unknown) => string | undefined
}

export const text: FieldType = {
  right: 'a text',
  zero: '',
  read: (value) => (typeof value === 'string' ? value : undefined),
}

/** One of some texts, or none. */
export function oneOf(choices: readonly string[], right: string): FieldType {
  const read = (value: unknown) => ['', ...choices].find((choice) => choice === value)
  return { right, zero: '', read }
}

export const boolean: FieldType = {
  right: 'true or false',
  zero: 'false',
  read: (value) => (typeof value === 'boolean' ? String(value) : undefined),
}

export const integer: FieldType = {
  right: 'a whole number from -2147483648 to 2147483647',
  zero: '0',
  // int32, as all of them are.
  read: (value) =>
    Number.isInteger(value) && Number(value) === ~~Number(value) ? `${~~Number(value)}` : undefined,
}

export const number: FieldType = {
  right: 'a number',
  zero: '0',
  read: (value) => (Number.isFinite(value) ? String(value) : undefined),
}

export const duration: FieldType = {
  right: 'a duration such as 250ms, 10s or 1m30s',
  zero: '0s',
  read: (value) => {
    const ms = value === '' ? 0 : parseDuration(typeof value === 'string' ? value : '-')
    return ms === undefined ? undefined : formatDuration(ms)
  },
}

/** `logging.flushFrequency`: before Kubernetes 1.25 it was written as a number of nanoseconds. */
export const durationOrNanoseconds: FieldType = {
  right: `${duration.right}, or a number of nanoseconds`,
  zero: duration.zero,
  read: (value) =>
    Number.isSafeInteger(value) ? formatDuration(Number(value) / 1e6) : duration.read(value),
}

/** A quantity of Kubernetes: `0`, `64Ki`. */
export const quantity: FieldType = {
  right: 'a quantity such as 0 or 64Ki',
  zero: '0',
  read: (value) => number.read(value) ?? text.read(value),
}

/** Comma separated, as the flags take them. */
export const texts: FieldType = {
  right: 'a list of texts',
  zero: '',
  read: (value) =>
    isListOf(value, (entry) => typeof entry === 'string' && entry !== '')
      ? value.join()
      : undefined,
}

export const booleans: FieldType = {
  right: 'an object whose fields are true or false',
  zero: '{}',
  read: (value) =>
    isObject(value) && isListOf(Object.values(value), (entry) => typeof entry === 'boolean')
      ? JSON.stringify(value)
      : undefined,
}

export const verbosities: FieldType = {
  right: 'a list of objects with filePattern and verbosity',
  zero: '[]',
  read: (value) => (isListOf(value, isObject) ? JSON.stringify(value) : undefined),
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isListOf(value: unknown, holds: (entry: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.every(holds)
}
