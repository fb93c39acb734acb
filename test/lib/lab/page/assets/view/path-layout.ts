import t from 'tap'
import { pathLayout } from '../../../../../../lib/lab/page/assets/view/path-layout.ts'

const spaces = ['user', 'kernel', 'kernel', 'kernel', 'user'] as const

t.test('with room it runs from left to right, user space above the kernel', async (t) => {
  const { isWide, points, border, width, height, room } = pathLayout(spaces, 700)
  t.ok(isWide)
  t.same(
    points.map(({ x }) => x),
    [70, 210, 350, 490, 630],
  )
  const [user, kernel] = points
  t.ok((user?.y ?? 0) < border && border < (kernel?.y ?? 0))
  t.ok(points.every(({ x, y }) => x <= width && y <= height))
  t.equal(room, 40)
})

t.test('labels that stand side by side are in two rows by turns', async (t) => {
  const { points } = pathLayout(spaces, 700)
  const [user, first, second, third, last] = points.map(({ label }) => label.y)
  t.equal(first, third)
  t.ok((second ?? 0) > (first ?? 0))
  t.equal(user, last)
})

t.test('without room it runs from top to bottom, and fits a telephone', async (t) => {
  const { isWide, points, width, height, border, room } = pathLayout(spaces, 300)
  t.notOk(isWide)
  t.ok(width < 328)
  const ys = points.map(({ y }) => y)
  t.same(
    ys,
    ys.toSorted((a, b) => a - b),
  )
  t.ok(points.every(({ y }) => y < height))
  t.ok((points[0]?.x ?? 0) < border && border < (points[1]?.x ?? 0))
  t.ok(room >= 20)
})

t.test('a way without stations is a drawing too', async (t) => {
  t.same(pathLayout([], 700).points, [])
})
