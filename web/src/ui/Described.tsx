/** A sentence in which `` `words` `` between backticks are code. */
export function Described({ text }: { text: string }) {
  return text.split('`').map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never change places
      <code key={index} className="h-mono">
        {part}
      </code>
    ) : (
      part
    ),
  )
}
