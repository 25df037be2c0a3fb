import type { Point } from './layout'

const RADIUS = 8

/** A line through these points with round corners, as an SVG path. */
export function pathOf(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const [before, after] = [points[index - 1], points[index + 1]]
      if (!before) return `M ${point.x} ${point.y}`
      if (!after) return `L ${point.x} ${point.y}`
      const into = towards(point, before)
      const out = towards(point, after)
      return `L ${into.x} ${into.y} Q ${point.x} ${point.y} ${out.x} ${out.y}`
    })
    .join(' ')
}

/** A point near the corner on the way to another one. */
function towards(corner: Point, to: Point): Point {
  const length = Math.hypot(to.x - corner.x, to.y - corner.y)
  const part = length === 0 ? 0 : Math.min(RADIUS, length / 2) / length
  return { x: corner.x + (to.x - corner.x) * part, y: corner.y + (to.y - corner.y) * part }
}
