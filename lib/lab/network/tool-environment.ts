/**
 * toolEnvironment: the environment of all that the lab runs: the places of tools for root, and messages in English. What
 * users have set for programs of their own must not change the lab.
 */
export const toolEnvironment = Object.freeze({
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin',
  LC_ALL: 'C',
})
