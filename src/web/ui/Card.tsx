/** A part of a page with a heading of its own. */
import { type ReactNode, useId } from "react";

interface CardProps {
  title: string;
  /** Beside the heading: a link, a badge, an explanation. */
  aside?: ReactNode;
  children: ReactNode;
}

export function Card({ title, aside, children }: CardProps) {
  const id = useId();
  return (
    <section className="card" aria-labelledby={id}>
      <div className="card-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
