import { Section } from '~/ui/Section'
import classes from './BrandingPreview.module.css'

type BrandingPreviewProps = {
  name: string
  address: readonly string[]
  contact: readonly string[]
  colour: string
  terms: string
  isLetter: boolean
  logo: string | undefined
}

const LINES = [
  { text: 'Website design', amount: '4,800.00' },
  { text: 'Branding', amount: '2,400.00' },
]

/** About how an invoice will look. White in both schemes, as paper is. */
export function BrandingPreview(props: BrandingPreviewProps) {
  const { name, address, contact, colour, terms, isLetter, logo } = props
  return (
    <Section title="Preview" aside="an invoice, roughly">
      <div
        className={classes.sheet}
        data-paper={isLetter ? 'letter' : 'a4'}
        role="img"
        aria-label="Preview of an invoice"
      >
        <div className={classes.head}>
          {logo ? (
            <img src={logo} alt="" className={classes.logo} />
          ) : (
            <strong style={{ color: colour }}>{name}</strong>
          )}
          <div className={classes.sender}>
            {logo && <strong>{name}</strong>}
            {[...address, ...contact].map((line) => (
              <span key={line}>{line}</span>
            ))}
          </div>
        </div>
        <div className={classes.title} style={{ color: colour }}>
          Invoice INV-0042
        </div>
        <div className={classes.bar} style={{ background: colour }}>
          <span>Description</span>
          <span>Amount</span>
        </div>
        {LINES.map(({ text, amount }) => (
          <div key={text} className={classes.line}>
            <span>{text}</span>
            <span>{amount}</span>
          </div>
        ))}
        <div className={classes.total}>
          <span>Total</span>
          <span>7,200.00</span>
        </div>
        <p className={classes.terms}>{terms}</p>
      </div>
    </Section>
  )
}
