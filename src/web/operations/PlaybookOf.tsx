/** A playbook of the guide, folded until it is wanted. */
import style from "./operations.module.css";
import { PLAYBOOKS, type PlaybookName } from "./playbooks";

export function PlaybookOf({ name }: { name: PlaybookName }) {
  const { title, look, does, over } = PLAYBOOKS[name];
  return (
    <details className={style.playbook}>
      <summary>Playbook: {title}</summary>
      <dl className={style.facts}>
        <dt>Look</dt>
        <dd>{look}</dd>
        <dt>Do</dt>
        <dd>{does}</dd>
        <dt>Over when</dt>
        <dd>{over}</dd>
        <dt>In full</dt>
        <dd>docs/playbooks.md, “{title}”</dd>
      </dl>
    </details>
  );
}
