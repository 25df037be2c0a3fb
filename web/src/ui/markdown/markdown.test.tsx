import { render, screen, within } from '@testing-library/react'
import { expect, test } from 'vitest'

import { parseBlocks } from './blocks'
import { parseInline } from './inline'
import { Markdown } from './Markdown'

test('headings, lists and tables become what they are', () => {
  render(
    <Markdown
      text={[
        '# Plan',
        'For **teams** that',
        'ship `daily`.',
        '',
        '1. One',
        '   - inner',
        '2. Two',
        '',
        '| Use | Colour |',
        '| --- | ---: |',
        '| Primary | #1E1B4B |',
      ].join('\n')}
    />,
  )
  expect(screen.getByRole('heading', { name: 'Plan', level: 3 })).toBeVisible()
  expect(screen.getByText('teams').tagName).toBe('STRONG')
  expect(screen.getByText('inner').closest('ol')).not.toBeNull()
  const table = screen.getByRole('table')
  expect(within(table).getByRole('cell', { name: '#1E1B4B' })).toBeVisible()
})

test('HTML stays text, and an address that runs a script is no link', () => {
  const { container } = render(
    <Markdown
      text={'<img src=x onerror=alert(1)> [me](javascript:alert(1)) [us](https://a.example)'}
    />,
  )
  expect(container.querySelector('img')).toBeNull()
  expect(container.textContent).toContain('<img src=x onerror=alert(1)>')
  expect(screen.getAllByRole('link')).toHaveLength(1)
  expect(screen.getByRole('link')).toHaveAttribute('href', 'https://a.example')
})

test('an image is a link: nothing is fetched from elsewhere', () => {
  const { container } = render(<Markdown text="![Logo](https://a.example/logo.png)" />)
  expect(container.querySelector('img')).toBeNull()
  expect(screen.getByRole('link')).toHaveTextContent('Logo')
})

test.each([
  ['snake_case_names stay', 'snake_case_names stay'],
  ['5 * 3 * 2', '5 * 3 * 2'],
  ['**not closed', '**not closed'],
  ['a \\*star\\*', 'a *star*'],
])('%s', (text, shown) => {
  expect(parseInline(text)).toEqual([{ kind: 'text', text: shown }])
})

test('text between blank lines is a paragraph, and a fence is not read inside', () => {
  expect(parseBlocks('a\nb\n\n```\n# c\n```\n---')).toEqual([
    { kind: 'paragraph', text: 'a\nb' },
    { kind: 'code', text: '# c' },
    { kind: 'rule' },
  ])
})

test('a text made to be slow is not', () => {
  const started = performance.now()
  for (const piece of ['[', '*', '`', '> ', '- ', '|', '![', '_a', '](']) {
    for (const block of parseBlocks(piece.repeat(20_000))) {
      if (block.kind === 'paragraph') parseInline(block.text)
    }
  }
  expect(performance.now() - started).toBeLessThan(2_000)
})
