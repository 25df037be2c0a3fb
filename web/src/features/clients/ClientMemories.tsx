import { useSuspenseQuery } from '@tanstack/react-query'

import { humanize } from '~/lib/format'
import { Section } from '~/ui/Section'
import { Time } from '~/ui/Time'
import { memoriesOfClient } from './about'
import { ItemList } from './ItemList'
import listClasses from './ItemList.module.css'

type ClientMemoriesProps = {
  clientId: string
  onOpen: (memoryId: string) => void
}

/** What flows and assistants are to remember of the client. */
export function ClientMemories({ clientId, onOpen }: ClientMemoriesProps) {
  const { data } = useSuspenseQuery(memoriesOfClient(clientId))
  if (data.items.length === 0) return null
  return (
    <Section title="Memories" aside={data.items.length} isFlush>
      <ItemList
        label="Memories"
        items={data.items.map(({ memory_id, key, kind, preview, saved_at }) => ({
          key: memory_id,
          onOpen: () => onOpen(memory_id),
          title: key,
          aside: <Time at={saved_at} />,
          more: (
            <span className={listClasses.cut}>
              {humanize(kind)}: {withoutKey(preview, key)}
            </span>
          ),
        }))}
      />
    </Section>
  )
}

// A preview begins with the key, which stands above it.
function withoutKey(preview: string, key: string): string {
  return preview.startsWith(key) ? preview.slice(key.length).trimStart() : preview
}
