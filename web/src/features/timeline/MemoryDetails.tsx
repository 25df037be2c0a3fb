import { useQuery } from '@tanstack/react-query'

import { humanize } from '~/lib/format'
import { Subject } from '~/lib/subjects'
import { CodeBlock } from '~/ui/CodeBlock'
import { Id } from '~/ui/CopyButton'
import { JsonView } from '~/ui/JsonView'
import { KeyValue } from '~/ui/KeyValue'
import { Time } from '~/ui/Time'
import { Fetched } from './Fetched'
import { memoryDetail } from './queries'

type MemoryDetailsProps = { memoryId: string }

export function MemoryDetails({ memoryId }: MemoryDetailsProps) {
  const query = useQuery(memoryDetail(memoryId))
  return (
    <Fetched query={query}>
      {({ key, kind, tags, version, provenance, text, value, saved_at, expires_at, ...memory }) => (
        <>
          <KeyValue
            facts={[
              { label: 'Key', value: key },
              { label: 'Kind', value: humanize(kind) },
              { label: 'Tags', value: tags.join(', ') },
              {
                label: 'Version',
                value: `${version} of ${memory.versions[0]?.version ?? version}`,
              },
              { label: 'Saved', value: <Time at={saved_at} as="full" /> },
              { label: 'Saved by', value: provenance.token_name ?? provenance.saved_by },
              { label: 'Run', value: provenance.run_id && <Subject id={provenance.run_id} /> },
              {
                label: 'Webhook',
                value: provenance.delivery_id && <Subject id={provenance.delivery_id} />,
              },
              { label: 'Erased', value: <Time at={expires_at} as="full" /> },
              { label: 'Memory id', value: <Id value={memory.memory_id} /> },
            ]}
          />
          {text && <CodeBlock label="Text" code={text} />}
          {value !== undefined && value !== null && (
            <JsonView label="Value" value={value} depth={3} />
          )}
        </>
      )}
    </Fetched>
  )
}
