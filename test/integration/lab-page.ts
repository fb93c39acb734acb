// The page of the lab as a reader has it: the built program, and a browser that can reach nothing else.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BrowserContextOptions, Page } from 'playwright-core'
import type { Test } from 'tap'
import t from 'tap'
import { startBinary } from '../fixtures/binary.ts'
import { openBrowser, openPage } from '../fixtures/browser.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** HTML, style and programs, without what was compressed; in bytes. */
const mostBytes = 80_000

const browser = await openBrowser(t)
if (browser) {
  const lab = startBinary(t, ['lab', '--port', '0'])
  const [, url = ''] = await lab.stdout(/(http:\/\/127\.0\.0\.1:\d+\/)/)

  const open = (t: Test, options?: BrowserContextOptions) => openPage(t, browser, url, options)

  /** Has the lab do something, and waits until it is done. */
  const ask = async (name: string, body: object): Promise<void> => {
    const headers = { 'x-userspace-proxy-lab': '1' }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await fetch(`${url}api/v1/lab/${name}`, init)
    if (!response.ok) throw new Error(`${name}: ${await response.text()}`)
  }

  /** As it was when it was opened. */
  const reset = async (): Promise<void> => {
    await ask('compare', { isOn: false })
    for (const pod of ['pod-1', 'pod-2', 'pod-3']) {
      await ask('condition', { pod, condition: 'running' })
    }
    await ask('mode', { side: 0, mode: 'userspace' })
    await ask('client', { client: 'new' })
    await ask('play', { isOn: true })
    await ask('clear', {})
  }

  t.test('it loads from here alone, without an error, and is small', async (t) => {
    const { page, urls, problems } = await open(t)
    await page.getByRole('heading', { name: /^default\/web 1/ }).waitFor()
    await page.locator('#answers [data-row=pod-3]').waitFor()
    await page.locator('#rules tbody tr').first().waitFor()
    t.same(
      urls.filter((one) => !one.startsWith(url)),
      [],
    )
    t.same(problems, [])
    const files = urls.filter((one) => /\/$|\.(?:css|js)$/.test(one))
    t.ok(files.length > 10)
    let bytes = 0
    for (const file of files) bytes += (await (await fetch(file)).bytes()).length
    t.ok(bytes <= mostBytes, `${bytes} bytes`)
  })

  t.test('every panel says whether it is real', async (t) => {
    const { page } = await open(t)
    await sent(page).waitFor()
    for (const id of ['controls', 'timeline', 'path', 'answers', 'latency', 'rules']) {
      t.match(
        await page.locator(`#${id} .badge:visible`).first().textContent(),
        /REAL|SIMULATED/,
        id,
      )
    }
  })

  t.test('a pod is killed: the kernel refuses within 2 s, the proxy tries again', async (t) => {
    await reset()
    const { page, problems } = await open(t)
    await pick(page, 'iptables')
    await sent(page).waitFor()
    t.equal(await failures(page), 0)
    await page.getByRole('button', { name: 'kill pod-2' }).click()
    await page
      .locator('#answers')
      .getByText(/refused [1-9]/)
      .waitFor({ timeout: 2000 })
    t.ok((await failures(page)) > 0)
    await page
      .locator('#timeline')
      .getByText(/refused \(iptables\)/)
      .waitFor()

    await pick(page, 'userspace')
    await page
      .locator('#answers')
      .getByText(/retried at another pod: [1-9]/)
      .waitFor()
    t.equal(await failures(page), 0)
    await page.getByRole('button', { name: 'revive pod-2' }).click()
    await page.getByRole('button', { name: 'kill pod-2' }).waitFor()
    t.same(problems, [])
  })

  t.test('two modes side by side have the same requests, and other fates', async (t) => {
    await reset()
    const { page, problems } = await open(t)
    await page.getByRole('button', { name: 'Compare two modes' }).click()
    await page.getByRole('group', { name: 'Mode B' }).waitFor()
    await page.getByRole('button', { name: 'kill pod-2' }).click()
    const [userspace, iptables] = [side(page, 'userspace'), side(page, 'iptables')]
    await userspace.getByText(/retried at another pod: [1-9]/).waitFor()
    await iptables.getByText(/refused [1-9]/).waitFor()
    // What was open to the pod when it died ends; what comes after is not refused.
    t.notMatch(await userspace.locator('.facts').textContent(), 'refused')
    const counts = await page.locator('#answers .count').allTextContents()
    const [a = Number.NaN, b = Number.NaN] = counts.map((text) => Number.parseInt(text, 10))
    t.ok(Math.abs(a - b) <= 10, `${a} and ${b}`)
    await page.getByRole('button', { name: 'Back to one mode' }).click()
    await page.getByRole('group', { name: 'Mode B' }).waitFor({ state: 'hidden' })
    t.same(problems, [])
  })

  t.test('every mode can be chosen, and what it can be told', async (t) => {
    await reset()
    const { page } = await open(t)
    for (const [mode, schedulers] of [
      ['direct', 0],
      ['userspace', 2],
      ['anyip', 2],
      ['iptables', 0],
      ['nftables', 0],
      ['ipvs', 6],
    ] as const) {
      await pick(page, mode)
      const algorithm = page.getByLabel('Algorithm')
      t.equal(await algorithm.isEnabled(), schedulers > 0, mode)
      t.equal(await algorithm.locator('option').count(), Math.max(schedulers, 1))
    }
    await page.getByLabel('Algorithm').selectOption('sh')
    await page.locator('#timeline').getByText('algorithm sh').waitFor()
    await page.getByLabel('Algorithm').selectOption('rr')
    await page.locator('#timeline').getByText('algorithm rr').waitFor()
  })

  t.test('by keyboard alone', async (t) => {
    await reset()
    const { page } = await open(t)
    await sent(page).waitFor()
    const tab = (expression: string) => tabTo(page, expression)
    await page.keyboard.press('Tab')
    t.equal(await focused(page, 'className'), 'skip', 'first of all a way past it all')

    await tab(`matches('[name=mode-0]')`)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.locator('#answers h3').getByText('iptables').waitFor()
    await tab(`getAttribute('aria-label') === 'kill pod-2'`)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'revive pod-2' }).waitFor()
    t.equal(await focused(page, "getAttribute('aria-label')"), 'revive pod-2', 'the focus stays')
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'kill pod-2' }).waitFor()

    await page
      .locator('#path')
      .getByText(/step 1 of/)
      .waitFor()
    await tab(`textContent === 'Step'`)
    for (let i = 0; i < 30; i++) await page.keyboard.press('Enter')
    t.equal(await focused(page, 'textContent'), 'Step', 'the focus stays at the end of the way')
    const [, step, all] = /step (\d+) of (\d+)/.exec(await textOf(page, '#path .progress')) ?? []
    t.equal(step, all)
    await page
      .locator('#path dd')
      .nth(1)
      .getByText(/:8080$/)
      .waitFor()

    await tab(`id === 'filter'`)
    await page.keyboard.type('no such rule')
    await page.getByText('No rule has that.').waitFor()
    await tab(`id === 'pause'`)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Resume' }).waitFor()
  })

  t.test('all that can be pressed can be reached by keyboard, and shows that it was', async (t) => {
    await reset()
    const { page } = await open(t)
    await sent(page).waitFor()
    const wanted = Number(
      await page.evaluate(`[...document.querySelectorAll('a, button, select, input')].filter((node) =>
        node.checkVisibility() && !node.disabled && !(node.type === 'radio' && !node.checked)).length`),
    )
    const reached = new Set<string>()
    for (let i = 0; i < wanted + 10; i++) {
      await page.keyboard.press('Tab')
      const [key, isSeen] = await page.evaluate<[string, boolean]>(`(() => {
        const node = document.activeElement
        const shown = node.type === 'radio' ? node.closest('label') : node
        const style = getComputedStyle(shown)
        return [[node.tagName, node.id, node.name, node.value, node.getAttribute('aria-label'), node.textContent].join(' '),
          style.outlineStyle !== 'none' || node.tagName === 'BODY' || node.className === 'skip']
      })()`)
      t.ok(isSeen, key)
      if (/^(?:A|BUTTON|SELECT|INPUT) /.test(key)) reached.add(key.slice(0, 60))
    }
    t.equal(reached.size, wanted)
  })

  t.test('who wants nothing to move sees nothing that moves, until asked', async (t) => {
    await reset()
    const { page } = await open(t, { reducedMotion: 'reduce' })
    await page.getByRole('button', { name: 'Resume' }).waitFor()
    await page.waitForTimeout(600)
    await page.locator('#answers').getByText('0 sent').waitFor()
    await page.getByRole('button', { name: 'Step', exact: true }).click()
    t.equal(await page.evaluate('document.getAnimations().length'), 0)
    await page.getByRole('button', { name: 'Send 12' }).click()
    await page.locator('#answers').getByText('12 sent').waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
  })

  t.test('paused, nothing is sent', async (t) => {
    await reset()
    const { page } = await open(t)
    await sent(page).waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Resume' }).waitFor()
    await page.waitForTimeout(400)
    const before = await sent(page).textContent()
    await page.waitForTimeout(600)
    t.equal(await sent(page).textContent(), before)
  })

  t.test('light and dark as the system has it, or as was chosen', async (t) => {
    const background = (page: Page) =>
      page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    const light = await background((await open(t, { colorScheme: 'light' })).page)
    const { page } = await open(t, { colorScheme: 'dark' })
    const dark = await background(page)
    t.not(light, dark)
    await page.getByLabel('Theme').selectOption('light')
    t.equal(await background(page), light)
    await page.reload()
    await sent(page).waitFor()
    t.equal(await background(page), light)
    await page.getByLabel('Theme').selectOption('system')
    t.equal(await background(page), dark)
  })

  t.test('charts have tables that say the same', async (t) => {
    await reset()
    const { page } = await open(t)
    await sent(page).waitFor()
    await page.getByRole('button', { name: 'Send 12' }).click()
    for (const id of ['path', 'latency']) {
      const panel = page.locator(`#${id}`)
      t.equal(await panel.locator('table:visible').count(), 0)
      await panel.getByRole('button', { name: /^Table/ }).click()
      await panel.locator('tbody tr').first().waitFor()
      t.equal(await panel.locator('svg:visible').count(), 0)
    }
    t.match(await page.locator('#latency tbody').textContent(), /userspace\d[\d.]* ms/)
    t.match(await page.locator('#path tbody').textContent(), /client.*pod/)
  })

  t.test('events are announced, and samples are not', async (t) => {
    await reset()
    const { page } = await open(t)
    await sent(page).waitFor()
    t.equal(await textOf(page, '#announcer'), '')
    await page.getByRole('button', { name: 'kill pod-2' }).click()
    await page.locator('#announcer').getByText('pod-2 was killed').waitFor()
    await page.getByRole('button', { name: 'revive pod-2' }).click()
  })

  t.test('a lab with a lot to show', async () => {
    await reset()
    await ask('mode', { side: 0, mode: 'iptables' })
    await ask('compare', { isOn: true })
    await ask('condition', { pod: 'pod-2', condition: 'killed' })
    await ask('send', { count: 300 })
    await ask('play', { isOn: false })
  })

  for (const [language, words] of [
    ['en', ['Packet path', 'Who answered']],
    ['zh-CN', ['数据包路径', '谁回答了']],
  ] as const) {
    for (const width of [360, 768, 1280]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        t.test(
          `${language}, ${width} px, ${colorScheme}: readable by all, and no wider`,
          async (t) => {
            const viewport = { width, height: 900 }
            const { page, problems } = await open(t, { viewport, colorScheme, locale: language })
            await sent(page).waitFor()
            await page.locator('#timeline .failure').first().waitFor()
            t.equal(await page.evaluate('document.documentElement.lang'), language)
            const text = String(await page.evaluate('document.body.innerText'))
            for (const word of words) t.match(text, word)
            t.notMatch(text, /\{\w+\}|undefined|NaN|\[object/)
            t.notMatch(text, /^(?:mode|event|station|outcome|expected|condition)\.\w/m)
            t.equal(
              await page.evaluate(`[...document.querySelectorAll('[data-t]')].filter((node) =>
            node.textContent === '').length`),
              0,
            )
            t.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
            t.same(await violations(page), [])
            for (const id of ['path', 'latency']) {
              await page.locator(`#${id} [data-t=table]`).click()
            }
            t.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
            t.same(await violations(page), [])
            t.same(problems, [])
          },
        )
      }
    }
  }

  t.test('what is a model says so, and has no latency', async (t) => {
    const model = startBinary(t, ['lab', '--port', '0', '--level', 'loopback'])
    const [, url = ''] = await model.stdout(/(http:\/\/127\.0\.0\.1:\d+\/)/)
    const { page, problems } = await openPage(t, browser, url)
    await sent(page).waitFor()
    t.equal(await page.locator('#answers .badge').first().textContent(), 'REAL')
    await pick(page, 'iptables')
    await sent(page).waitFor()
    for (const id of ['path', 'answers', 'rules', 'timeline']) {
      t.equal(await page.locator(`#${id} .badge`).first().textContent(), 'SIMULATED', id)
    }
    await page.locator('#path').getByText('KUBE-SERVICES').first().waitFor()
    await page.locator('#latency [data-mode=userspace]').waitFor()
    t.notOk(await page.locator('#latency [data-mode=iptables]').isVisible())
    t.same(problems, [])
  })

  t.test('a page finds its lab again, and says so while there is none', async (t) => {
    await reset()
    const { page } = await open(t)
    await sent(page).waitFor()
    lab.kill('SIGINT')
    t.match(await lab.exited, { code: 0, stderr: '' })
    await page.getByRole('alert').getByText('The lab does not answer').waitFor()
  })
}

/** How many were sent; there once something was. */
function sent(page: Page) {
  return page.locator('#answers .count', { hasText: /[1-9]/ }).first()
}

async function failures(page: Page): Promise<number> {
  return Number(await page.locator('#answers [data-row=failed] td').nth(1).textContent())
}

function side(page: Page, mode: string) {
  return page.locator('#answers .side', { hasText: mode })
}

/** Chooses a mode, and waits until it carries the Service. */
async function pick(page: Page, mode: string): Promise<void> {
  await page.getByRole('radio', { name: new RegExp(`^${mode}`) }).check({ force: true })
  await page.locator('#answers h3 strong').getByText(mode, { exact: true }).waitFor()
}

async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).first().textContent()) ?? ''
}

function focused(page: Page, expression: string): Promise<unknown> {
  return page.evaluate(`document.activeElement.${expression}`)
}

/** Presses Tab until the focus is where it should be. */
async function tabTo(page: Page, expression: string): Promise<void> {
  for (let i = 0; i < 120; i++) {
    if ((await focused(page, expression)) === true) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`no way by Tab to where ${expression}`)
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate<AxeResults>('axe.run()')
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}
