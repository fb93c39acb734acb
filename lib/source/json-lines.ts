/**
 * readJsonLines: the values of a stream that has one JSON text in each line, as a watch of the Kubernetes API is.
 *
 * A line that is cut off is an error, never a value: half of an event may be valid JSON by accident only, but an event
 * that is skipped in silence is a change that nobody hears of.
 */

/** In UTF-16 units. etcd takes no object of more than 1.5 MiB; its JSON with all `managedFields` may be some times that. */
const longestLine = 64 * 1024 * 1024

/**
 * Parses line by line, each when it is asked for. To end the iteration early ends the stream.
 *
 * @throws {Error} where a line is no JSON, or the stream ends within a line
 */
export async function* readJsonLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator {
  const decoder = new TextDecoder()
  let pieces: string[] = []
  let length = 0
  for await (const bytes of stream) {
    const text = decoder.decode(bytes, { stream: true })
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      const line = pieces.join('') + text.slice(start, end)
      pieces = []
      length = 0
      start = end + 1
      if (line !== '') yield parseLine(line)
    }
    if (start === text.length) continue
    pieces.push(text.slice(start))
    length += text.length - start
    if (length > longestLine) throw new Error(`a line is longer than ${longestLine} characters`)
  }
  if (length > 0) throw new Error('the stream has ended within a line')
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new Error('a line is no JSON', { cause })
  }
}
