/**
 * What people type in ways that yargs reads wrongly.
 */
import { CommandError } from './command-error.ts'

/** Flags without a value. yargs would take `--watch=maybe` for false and say nothing. */
const valueOfSwitch =
  /^(--(?:watch|all-namespaces|keep-portals|strict|debug)|-[wA]+)=(?!true$|false$)/

/**
 * The arguments with `-oyaml` as `-o=yaml`, which kubectl's users write without a thought; yargs would read it as the
 * five flags o, y, a, m and l.
 */
export function prepareArguments(args: readonly string[]): string[] {
  return args.map((argument) => {
    const [, name] = valueOfSwitch.exec(argument) ?? []
    if (name !== undefined) {
      throw new CommandError(`${argument}: ${name} takes no value`, { exitCode: 2 })
    }
    return argument.replace(/^-([no])(?=[^=])/, '-$1=')
  })
}
