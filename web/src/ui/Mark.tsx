type MarkProps = { size?: number }

/** Our mark: two sides that hand over to each other. */
export function Mark({ size = 22 }: MarkProps) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" role="img" aria-label="Handoff">
      <rect width="32" height="32" rx="7.5" fill="#3f55d0" />
      <path
        d="M8 8.5v15M8 16h6.5M24 8.5v15M17.5 16H24"
        fill="none"
        stroke="#fff"
        strokeWidth="3.4"
        strokeLinecap="round"
      />
      <circle cx="16" cy="16" r="2.6" fill="#9fe3c4" />
    </svg>
  )
}
