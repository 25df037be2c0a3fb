import { createElement, Fragment, type ReactNode } from 'react'

import { ExternalLink } from '~/ui/ExternalLink'
import { type Block, parseBlocks } from './blocks'
import { type Inline, parseInline } from './inline'
import classes from './Markdown.module.css'

type MarkdownProps = {
  /** Whoever wrote it: HTML in it stays text, and addresses that are not of the web are no links. */
  text: string
  /** The level of its first headings, so that they fit under the page's own. */
  topLevel?: 2 | 3
}

const LOWEST_LEVEL = 6

export function Markdown({ text, topLevel = 3 }: MarkdownProps) {
  return <div className={classes.markdown}>{blocks(parseBlocks(text), topLevel)}</div>
}

function blocks(all: readonly Block[], topLevel: number): ReactNode {
  return all.map((block, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the text is parsed as a whole and nothing moves
    <Fragment key={index}>{blockNode(block, topLevel)}</Fragment>
  ))
}

function blockNode(block: Block, topLevel: number): ReactNode {
  switch (block.kind) {
    case 'heading': {
      const level = Math.min(block.level + topLevel - 1, LOWEST_LEVEL)
      return createElement(`h${level}`, null, inline(block.text))
    }
    case 'paragraph':
      return <p>{inline(block.text)}</p>
    case 'code':
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      )
    case 'quote':
      return <blockquote>{blocks(block.blocks, topLevel)}</blockquote>
    case 'list':
      return listNode(block, topLevel)
    case 'table':
      return tableNode(block)
    case 'rule':
      return <hr />
  }
}

function listNode({ start, items }: Extract<Block, { kind: 'list' }>, topLevel: number) {
  const entries = items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the text is parsed as a whole and nothing moves
    <li key={index}>{itemNode(item, topLevel)}</li>
  ))
  return start === undefined ? <ul>{entries}</ul> : <ol start={start}>{entries}</ol>
}

// The text of a short item stands in no paragraph of its own.
function itemNode([first, ...rest]: readonly Block[], topLevel: number): ReactNode {
  if (!first) return null
  if (first.kind !== 'paragraph') return blocks([first, ...rest], topLevel)
  return (
    <>
      {inline(first.text)}
      {blocks(rest, topLevel)}
    </>
  )
}

function tableNode({ head, align, rows }: Extract<Block, { kind: 'table' }>) {
  const cells = (texts: readonly string[], Cell: 'td' | 'th') =>
    texts.map((text, column) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other name
      <Cell key={column} className={classes[align[column] ?? 'left']}>
        {inline(text)}
      </Cell>
    ))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className={classes.scroll} tabIndex={0}>
      <table>
        <thead>
          <tr>{cells(head, 'th')}</tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the text is parsed as a whole
            <tr key={index}>{cells(row, 'td')}</tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function inline(text: string): ReactNode {
  return inlineNodes(parseInline(text))
}

function inlineNodes(nodes: readonly Inline[]): ReactNode {
  return nodes.map((node, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the text is parsed as a whole and nothing moves
    <Fragment key={index}>{inlineNode(node)}</Fragment>
  ))
}

function inlineNode(node: Inline): ReactNode {
  switch (node.kind) {
    case 'text':
      return node.text
    case 'code':
      return <code>{node.text}</code>
    case 'strong':
      return <strong>{inlineNodes(node.children)}</strong>
    case 'em':
      return <em>{inlineNodes(node.children)}</em>
    case 'del':
      return <del>{inlineNodes(node.children)}</del>
    case 'link':
      return <ExternalLink href={node.href}>{inlineNodes(node.children)}</ExternalLink>
  }
}
