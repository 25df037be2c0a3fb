import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/**
 * What keeps people with disabilities from using a page, by axe; each with the elements it is about. By all
 * rules, or by these only.
 */
export async function seriousViolations(page: Page, rules?: string[]): Promise<string[]> {
  // What holds is not told in detail, which would take most of the time.
  const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] })
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
}
