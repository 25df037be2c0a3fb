type Template = { value: string; label: string; source: string }

const head = (name: string, title: string) => `document:
  dsl: 1.0.3
  namespace: own
  name: ${name}
  version: 1.0.0
  title: ${title}
`

/** Sound flows to begin with. */
export const TEMPLATES: readonly [Template, ...Template[]] = [
  {
    value: 'event',
    label: 'When an event comes',
    source: `${head('greet-lead', 'Greet a new lead')}
schedule:
  on:
    one:
      with:
        type: lead.created

do:
  - readLead:
      call: get_lead
      with:
        lead_id: \${ .[0].lead_id }
      export:
        as: '\${ { company: .company_name } }'

  - tellTeam:
      try:
        - post:
            call: slack.post_message
            with:
              text: '\${ "A new lead: \\($context.company)" }'
      catch:
        errors: {}
        retry:
          delay: { seconds: 1 }
          backoff: { exponential: {} }
          limit: { attempt: { count: 5 } }
`,
  },
  {
    value: 'approval',
    label: 'Ask a person',
    source: `${head('ask-for-approval', 'Ask for approval')}
do:
  - ask:
      call: approval.request
      with:
        title: Shall we go on?
        details: \${ . }

  - decide:
      switch:
        - approved:
            when: .decision == "approved"
            then: goOn
        - otherwise:
            then: stop

  - goOn:
      set:
        approved: true
      then: end

  - stop:
      set:
        approved: false
`,
  },
  {
    value: 'clock',
    label: 'At a time',
    source: `${head('every-monday', 'Every Monday morning')}
schedule:
  cron: 0 8 * * 1

do:
  - readLeads:
      call: list_leads
      with:
        status: open

  - tellTeam:
      call: slack.post_message
      with:
        text: '\${ "Open leads: \\(.items | length)" }'
`,
  },
  {
    value: 'blank',
    label: 'Blank',
    source: `${head('my-flow', 'My flow')}
do:
  - first:
      set:
        done: true
`,
  },
]
