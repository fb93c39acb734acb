/**
 * shortRule: a rule of iptables without what is said to people in it, and to modules that it names anyway.
 */
export function shortRule(text: string): string {
  return text
    .replaceAll(/ -m comment --comment (?:"[^"]*"|\S+)/g, '')
    .replaceAll(/ -m (?:tcp|udp|statistic --mode random)/g, '')
}
