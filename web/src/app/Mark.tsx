// metel's mark: a snow crystal of three strokes (the word means snowstorm).
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <g className="stroke-on-accent" strokeWidth="2.6" strokeLinecap="round" fill="none">
        <path d="M16 7v18M8.2 11.5l15.6 9M23.8 11.5l-15.6 9" />
        <circle cx="16" cy="16" r="3.4" className="fill-accent" strokeWidth="2.4" />
      </g>
    </svg>
  );
}
