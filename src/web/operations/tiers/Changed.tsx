/** What is in force, and what would be. */
import style from "../operations.module.css";

export interface Change {
  name: string;
  before: string;
  after: string;
}

export function Changed({ changes }: { changes: Change[] }) {
  return (
    <table className={style.changed}>
      <caption className="unseen">What changes</caption>
      <thead>
        <tr>
          <th scope="col">What changes</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ name, before, after }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{before}</td>
            <td>
              <strong>{after}</strong>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
