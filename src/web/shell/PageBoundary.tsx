/** What is seen in place of a page that has failed: what happened, what to do, and what to tell the operator. */
import { Component, type ReactNode } from "react";
import { explain } from "../refusals/explain";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";

interface PageBoundaryProps {
  /** Where it is: another page is another try. */
  path: string;
  children: ReactNode;
}

interface Failed {
  error: unknown;
  path: string;
  at: string;
}

/** A page's code is a file of its own; after an update of the site the old one is gone. */
export function isMissingCode(error: unknown): boolean {
  const text = error instanceof Error ? error.message : String(error);
  return /dynamically imported module|module script failed|error loading dynamically|preload CSS/i.test(text);
}

function MissingCode() {
  return (
    <Page title="This page can't be loaded">
      <Notice
        tone="info"
        title="A new version is out, or the connection is gone."
        action={
          <button type="button" onClick={() => location.reload()}>
            Reload
          </button>
        }
      >
        Reload to go on. What you have typed and sent is kept.
      </Notice>
    </Page>
  );
}

function Failure({ failed: { error, path, at }, onAgain }: { failed: Failed; onAgain(): void }) {
  return (
    <Page title="This page has failed">
      <Notice
        tone="danger"
        title={explain(error).message}
        action={
          <button type="button" onClick={onAgain}>
            Try again
          </button>
        }
      >
        <p>Nothing that you sent is affected, and the other pages work. If it happens again, tell the operator:</p>
        <code>
          {path}, {at}: {error instanceof Error ? error.message : String(error)}
        </code>
      </Notice>
    </Page>
  );
}

export class PageBoundary extends Component<PageBoundaryProps, { failed: Failed | null }> {
  override state: { failed: Failed | null } = { failed: null };

  static getDerivedStateFromError(error: unknown) {
    return { failed: { error, path: location.pathname, at: new Date().toISOString() } };
  }

  override componentDidUpdate(before: PageBoundaryProps) {
    if (before.path !== this.props.path && this.state.failed) this.setState({ failed: null });
  }

  override render() {
    const { failed } = this.state;
    if (!failed) return this.props.children;
    if (isMissingCode(failed.error)) return <MissingCode />;
    return <Failure failed={failed} onAgain={() => this.setState({ failed: null })} />;
  }
}
