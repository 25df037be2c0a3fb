import { Checkbox, Input, TagsInput } from '@mantine/core'
import { useId } from 'react'

import classes from './EventTypePicker.module.css'
import {
  covers,
  EVENT_GROUPS,
  EVERYTHING,
  type EventGroup,
  groupToggled,
  otherTypes,
  toggled,
} from './eventTypes'

type EventTypePickerProps = {
  value: readonly string[]
  onChange: (value: string[]) => void
  error?: string | undefined
}

export function EventTypePicker({ value, onChange, error }: EventTypePickerProps) {
  const label = useId()
  const isAll = value.includes(EVERYTHING)
  return (
    <Input.Wrapper
      label="Events"
      labelElement="div"
      labelProps={{ id: label }}
      required
      error={error}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset's legend cannot be laid out as the other labels are */}
      <div className={classes.picker} role="group" aria-labelledby={label}>
        <Checkbox
          className={classes.all ?? ''}
          size="xs"
          label="All events"
          description="Also those that come with later versions, and those that flows emit."
          checked={isAll}
          onChange={() => onChange(isAll ? [] : [EVERYTHING])}
        />
        {EVENT_GROUPS.map((group) => (
          <Group key={group.prefix} group={group} value={value} onChange={onChange} />
        ))}
      </div>
      <TagsInput
        mt="xs"
        label="Other types"
        description="Those that your flows emit, such as order.placed or order.*"
        placeholder="Type and press Enter"
        value={otherTypes(value)}
        onChange={(others) => {
          const known = otherTypes(value)
          onChange([...value.filter((name) => !known.includes(name)), ...others])
        }}
        disabled={isAll}
        acceptValueOnBlur
      />
    </Input.Wrapper>
  )
}

type GroupProps = {
  group: EventGroup
  value: readonly string[]
  onChange: (value: string[]) => void
}

function Group({ group, value, onChange }: GroupProps) {
  const { prefix, label, types } = group
  const all = `${prefix}.*`
  const isAll = covers(value, all)
  const some = types.some(({ type }) => covers(value, type))
  return (
    <div className={classes.group}>
      <Checkbox
        size="xs"
        label={
          <>
            <span className={classes.name}>{label}</span>{' '}
            <code className="h-mono h-faint">{all}</code>
          </>
        }
        checked={isAll}
        indeterminate={some && !isAll}
        disabled={value.includes(EVERYTHING)}
        onChange={() => onChange(groupToggled(value, group))}
      />
      <div className={classes.types}>
        {types.map(({ type, means }) => (
          <Checkbox
            key={type}
            size="xs"
            label={<code className="h-mono">{type}</code>}
            description={means}
            checked={covers(value, type)}
            disabled={isAll}
            onChange={() => onChange(toggled(value, type))}
          />
        ))}
      </div>
    </div>
  )
}
