import { Button, MultiSelect, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch, IconX } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'

import classes from './FilterBar.module.css'

const SEARCH_DELAY_MS = 150

type FilterBarProps = {
  children: ReactNode
  isFiltered: boolean
  onClear: () => void
  /** At the right end: a count, a sort. */
  aside?: ReactNode
}

/** The filters over a list. What they hold lives in the address: see `useFilters`. */
export function FilterBar({ children, isFiltered, onClear, aside }: FilterBarProps) {
  return (
    <search className={classes.bar}>
      {children}
      {isFiltered && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconX size={14} aria-hidden />}
          onClick={onClear}
        >
          Clear
        </Button>
      )}
      {aside && <div className={classes.aside}>{aside}</div>}
    </search>
  )
}

type SearchFilterProps = {
  label: string
  value: string | undefined
  onChange: (value: string | undefined) => void
}

/** A text to search for. `/` puts the cursor into it. */
export function SearchFilter({ label, value = '', onChange }: SearchFilterProps) {
  const [draft, setDraft] = useState(value)
  const [known, setKnown] = useState(value)
  const report = useDebouncedCallback((text: string) => {
    setKnown(text)
    onChange(text || undefined)
  }, SEARCH_DELAY_MS)

  // The address changed without us: Back was pressed, or the filters were cleared.
  if (value !== known) {
    setKnown(value)
    setDraft(value)
  }

  return (
    <TextInput
      type="search"
      className={classes.search ?? ''}
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={15} aria-hidden />}
      value={draft}
      onChange={(event) => {
        setDraft(event.currentTarget.value)
        report(event.currentTarget.value.trim())
      }}
      data-search-filter
    />
  )
}

export type Option<Value extends string> = { value: Value; label: string }

type SelectFilterProps<Value extends string> = {
  label: string
  /** What is shown when nothing is chosen: `Any stage`. */
  any: string
  value: Value | undefined
  options: readonly Option<Value>[]
  onChange: (value: Value | undefined) => void
}

export function SelectFilter<Value extends string>(props: SelectFilterProps<Value>) {
  const { label, any, value, options, onChange } = props
  return (
    <Select
      className={classes.select ?? ''}
      aria-label={label}
      placeholder={any}
      data={[...options]}
      value={value ?? null}
      onChange={(chosen) => onChange(options.find((option) => option.value === chosen)?.value)}
      clearable
    />
  )
}

type ManyFilterProps<Value extends string> = {
  label: string
  /** What is shown when nothing is chosen: `Any stage`. */
  any: string
  value: readonly Value[] | undefined
  options: readonly Option<Value>[]
  onChange: (value: Value[] | undefined) => void
}

/** Like `SelectFilter`, for several values at once. */
export function ManyFilter<Value extends string>(props: ManyFilterProps<Value>) {
  const { label, any, value, options, onChange } = props
  const choose = (chosen: readonly string[]) => {
    const values = options.flatMap((option) =>
      chosen.includes(option.value) ? [option.value] : [],
    )
    onChange(values.length > 0 ? values : undefined)
  }
  return (
    <MultiSelect
      className={classes.many ?? ''}
      classNames={{ input: classes.manyInput ?? '', pillsList: classes.pills ?? '' }}
      aria-label={label}
      placeholder={value ? '' : any}
      data={[...options]}
      value={[...(value ?? [])]}
      onChange={choose}
    />
  )
}

type SegmentedFilterProps<Value extends string> = {
  label: string
  /** The first segment, for all of them. */
  all: string
  value: Value | undefined
  options: readonly Option<Value>[]
  onChange: (value: Value | undefined) => void
}

const ALL = ''

export function SegmentedFilter<Value extends string>(props: SegmentedFilterProps<Value>) {
  const { label, all, value, options, onChange } = props
  return (
    <div className={classes.segments}>
      <SegmentedControl
        aria-label={label}
        data={[{ value: ALL, label: all }, ...options]}
        value={value ?? ALL}
        onChange={(chosen) => onChange(options.find((option) => option.value === chosen)?.value)}
      />
    </div>
  )
}
