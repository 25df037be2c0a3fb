const LABELS: Readonly<Record<string, string>> = {
  client_id: 'Client',
  lead_id: 'Lead',
  project_id: 'Project',
  invoice_id: 'Invoice',
}

/** The records of ours that a run's output names. */
export function subjectsIn(output: unknown): { label: string; id: string }[] {
  if (typeof output !== 'object' || output === null) return []
  return Object.entries(output).flatMap(([name, id]) => {
    const label = LABELS[name]
    return label && typeof id === 'string' ? [{ label, id }] : []
  })
}
