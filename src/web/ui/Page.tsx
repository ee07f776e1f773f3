/** A page's own heading, and its name in the browser's tab. */
import { type ReactNode, useEffect } from "react";

interface PageProps {
  title: string;
  /** One or two sentences: what this page is for. */
  intro?: ReactNode;
  children: ReactNode;
}

export function Page({ title, intro, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · BitHedge Liquidity`;
  }, [title]);
  return (
    <main className="page" id="content">
      <div className="page-head">
        <h1>{title}</h1>
        {intro && <p className="intro">{intro}</p>}
      </div>
      {children}
    </main>
  );
}
