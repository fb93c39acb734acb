/**
 * Many problems as one error: what is thrown or told once for a file or a start.
 */
import { ProxyError } from '../errors.ts'

/** The only problem, or an error whose message has a line for each of them and whose `cause` holds them. */
export function joinProblems(problems: readonly ProxyError[]): ProxyError {
  const [first] = problems
  if (first !== undefined && problems.length === 1) return first
  const isUnread = problems.every(({ code }) => code === 'ERR_SOURCE')
  return new ProxyError(
    isUnread ? 'ERR_SOURCE' : 'ERR_INVALID_MANIFEST',
    problems.map(({ message }) => message).join('\n'),
    { cause: new AggregateError(problems) },
  )
}
