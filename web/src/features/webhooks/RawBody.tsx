import { SegmentedControl } from '@mantine/core'
import { type ReactNode, useState } from 'react'

import { formatBytes } from '~/lib/format'
import { CodeBlock } from '~/ui/CodeBlock'
import { JsonView } from '~/ui/JsonView'
import { Section } from '~/ui/Section'
import { byteLength, hexRows, isBinary, parsed } from './bytes'
import classes from './RawBody.module.css'

type RawBodyProps = { title: string; body: string; actions?: ReactNode }

const HEX_BYTES_MAX = 64_000

/** A body as it travelled: as JSON where it is some, as text, and byte by byte. */
export function RawBody({ title, body, actions }: RawBodyProps) {
  const json = parsed(body)
  const looks = [...(json ? ['JSON'] : []), 'Text', 'Hex']
  const [look, setLook] = useState(looks[0] ?? 'Text')
  return (
    <Section
      title={title}
      {...(!isBinary(body) && { aside: formatBytes(byteLength(body)) })}
      actions={
        <>
          {actions}
          <SegmentedControl
            data={looks}
            value={look}
            onChange={setLook}
            aria-label={`Show the ${title.toLowerCase()} as`}
          />
        </>
      }
    >
      {isBinary(body) && (
        <p className={classes.note}>
          Some of its bytes are not UTF-8. Each of them is shown as �, in hex as ef bf bd.
        </p>
      )}
      <Look look={body === '' ? 'Empty' : look} body={body} value={json?.value} />
    </Section>
  )
}

function Look({ look, body, value }: { look: string; body: string; value: unknown }) {
  if (look === 'Empty') return <p className={classes.note}>It is empty.</p>
  if (look === 'JSON') return <JsonView value={value} label="Parsed" depth={3} />
  if (look === 'Text') return <CodeBlock code={body} label="As it travelled" />
  return <Hex body={body} />
}

function Hex({ body }: { body: string }) {
  const rows = hexRows(body.slice(0, HEX_BYTES_MAX))
  const code = rows.map(({ offset, hex, text }) => `${offset}  ${hex.padEnd(47)}  ${text}`)
  const isCut = body.length > HEX_BYTES_MAX
  return (
    <CodeBlock
      code={code.join('\n')}
      label={isCut ? `Bytes: the first ${formatBytes(HEX_BYTES_MAX)}` : 'Bytes'}
    />
  )
}
