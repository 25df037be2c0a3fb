import {
  IconArrowsSplit2,
  IconBolt,
  IconBraces,
  IconEar,
  IconExternalLink,
  IconHourglass,
  IconListDetails,
  IconPlugConnected,
  IconQuestionMark,
  IconRepeat,
  IconRoute,
  IconShieldCheck,
  IconSpeakerphone,
  IconUserQuestion,
} from '@tabler/icons-react'

import type { Task, TaskKind } from '../model/definition'

type KindLook = { label: string; icon: typeof IconBolt }

const KIND_LOOKS: Record<TaskKind, KindLook> = {
  call: { label: 'Call', icon: IconPlugConnected },
  do: { label: 'Steps', icon: IconListDetails },
  emit: { label: 'Emit event', icon: IconSpeakerphone },
  for: { label: 'Loop', icon: IconRepeat },
  fork: { label: 'In parallel', icon: IconArrowsSplit2 },
  listen: { label: 'Wait for event', icon: IconEar },
  raise: { label: 'Raise error', icon: IconBolt },
  run: { label: 'Run', icon: IconExternalLink },
  set: { label: 'Set', icon: IconBraces },
  switch: { label: 'Switch', icon: IconRoute },
  try: { label: 'Try', icon: IconShieldCheck },
  unknown: { label: 'Unknown', icon: IconQuestionMark },
  wait: { label: 'Wait', icon: IconHourglass },
}

const PEOPLE = /^(approval\.request|task\.assign)$/

export function kindLook(task: Task): KindLook {
  if (task.isRace) return { label: 'Race', icon: IconArrowsSplit2 }
  if (task.kind === 'call' && PEOPLE.test(task.detail ?? '')) {
    return { label: 'Ask a person', icon: IconUserQuestion }
  }
  return KIND_LOOKS[task.kind]
}
