import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconForms, IconPlus } from '@tabler/icons-react'
import { Suspense } from 'react'
import { type LoaderFunctionArgs, useNavigate } from 'react-router'

import { usePaged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { useFilters } from '~/lib/filters'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { DataTable } from '~/ui/DataTable'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { EmptyState } from '~/ui/EmptyState'
import { FilterBar, SegmentedFilter } from '~/ui/FilterBar'
import { TableSkeleton } from '~/ui/Skeletons'
import { SettingsFrame } from '../SettingsFrame'
import { formColumns } from './columns'
import { NewForm } from './NewForm'
import { type FormFilter, formFilters, formList } from './queries'

export function loader({ request }: LoaderFunctionArgs) {
  void queryClient.prefetchInfiniteQuery(formList(formFilters.of(request)))
  return null
}

const STATES = [
  { value: 'active', label: 'Active' },
  { value: 'closed', label: 'Closed' },
] as const

export default function FormsPage() {
  const { filter, setFilter, clear, isFiltered, isPending } = useFilters(formFilters)
  const may = useMay('write:forms')
  const [isAdding, adding] = useDisclosure(false)
  const navigate = useNavigate()
  return (
    <SettingsFrame
      title="Intake forms"
      description="Public pages on which clients say what they need. Each submission makes a lead."
      actions={
        <ActionButton
          reason={may.reason}
          leftSection={<IconPlus size={15} aria-hidden />}
          onClick={adding.open}
        >
          Create form
        </ActionButton>
      }
    >
      <FilterBar isFiltered={isFiltered} onClear={clear}>
        <SegmentedFilter
          label="State"
          all="All"
          value={filter.state}
          options={STATES}
          onChange={(state) => setFilter({ state })}
        />
      </FilterBar>
      <Suspense fallback={<TableSkeleton rows={4} />}>
        <FormTable filter={filter} isStale={isPending} onClear={clear} />
      </Suspense>
      <DetailDrawer isOpen={isAdding} onClose={adding.close} title="Create intake form">
        <NewForm onCancel={adding.close} onDone={(formId) => void navigate(paths.form(formId))} />
      </DetailDrawer>
    </SettingsFrame>
  )
}

type FormTableProps = { filter: FormFilter; isStale: boolean; onClear: () => void }

function FormTable({ filter, isStale, onClear }: FormTableProps) {
  const { rows, more } = usePaged(formList(filter))
  return (
    <DataTable
      label="Intake forms"
      rows={rows}
      columns={formColumns}
      rowKey={({ form_id }) => form_id}
      rowLink={({ form_id }) => linkTo(paths.form(form_id))}
      more={more}
      isStale={isStale}
      empty={
        filter.state ? (
          <EmptyState
            title="No form is in this state"
            action={
              <Button variant="default" onClick={onClear}>
                Clear filters
              </Button>
            }
          />
        ) : (
          <EmptyState
            icon={IconForms}
            title="No intake forms yet"
            body="A form has its own page, and can be embedded into your website with one line."
          />
        )
      }
    />
  )
}
