/** A page's own heading, and its name in the browser's tab. */
import { type ReactNode, useEffect, useRef } from "react";
import { useLocation } from "wouter";

interface PageProps {
  title: string;
  /** One or two sentences: what this page is for. */
  intro?: ReactNode;
  children: ReactNode;
}

/** Which page was shown last; null before the first. */
let shown: string | null = null;

/** Whoever goes to another page begins at its top, with the heading in focus; a first page is left as the browser opens it. */
function useArrival() {
  const heading = useRef<HTMLHeadingElement>(null);
  const [path] = useLocation();
  useEffect(() => {
    if (shown !== null && shown !== path) {
      window.scrollTo(0, 0);
      heading.current?.focus({ preventScroll: true });
    }
    shown = path;
  }, [path]);
  return heading;
}

export function Page({ title, intro, children }: PageProps) {
  const heading = useArrival();
  useEffect(() => {
    document.title = `${title} · BitHedge Liquidity`;
  }, [title]);
  return (
    <main className="page" id="content">
      <div className="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {intro && <p className="intro">{intro}</p>}
      </div>
      {children}
    </main>
  );
}
