/**
 * Which versions of Node the program runs on: `engines` of package.json once more, because npm only warns about it.
 */

/** `undefined` where `version` (`22.19.0`) will do, else one sentence that says what is there and what is needed. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isSupported = (major === 22 && minor >= 19) || major === 24 || major >= 26
  return isSupported
    ? undefined
    : `userspace-proxy needs Node ^22.19.0 || ^24 || >=26; this is Node ${version}`
}
