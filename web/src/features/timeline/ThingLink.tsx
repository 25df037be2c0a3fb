import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { Id, shortId } from '~/ui/CopyButton'

const PAGES: Readonly<Record<string, (id: string) => string>> = {
  client: paths.client,
  lead: paths.lead,
  deliv: paths.deliverable,
  proj: paths.project,
  inv: paths.invoice,
  run: paths.run,
  htask: paths.task,
  whd: paths.webhook,
}

/** An id, as a link where its kind has a page. */
export function ThingLink({ id }: { id: string }) {
  const page = PAGES[id.slice(0, id.lastIndexOf('_'))]
  if (!page) return <Id value={id} />
  return (
    <TextLink to={page(id)}>
      <code className="h-mono" title={id}>
        {shortId(id)}
      </code>
    </TextLink>
  )
}
