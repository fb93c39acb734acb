/**
 * Preference: what somebody has chosen on this page before, where the browser keeps such things.
 */
export type PreferenceName = 'language' | 'theme'

export function readPreference(name: PreferenceName): string {
  try {
    return localStorage.getItem(`userspace-proxy-lab.${name}`) ?? ''
  } catch {
    return ''
  }
}

export function writePreference(name: PreferenceName, value: string): void {
  try {
    localStorage.setItem(`userspace-proxy-lab.${name}`, value)
  } catch {
    // It is forgotten with the page.
  }
}
