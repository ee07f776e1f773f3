/** For who is signed in without a role: who may see this, and how roles are given. */
import { Card } from "../ui/Card";
import { DataTable } from "../ui/DataTable";

const ROLES_TOLD = [
  {
    role: "operator",
    may: "see all of operations; trip and reset breakers; pause and resume the outbox, cancel and retry its calls; start audits; retry webhook deliveries; read a provider's portfolio",
    setting: "OPERATOR_PRINCIPALS",
  },
  {
    role: "guardian",
    may: "see all; trip breakers; pause the outbox; cancel exits of the treasury. Lets nothing go on",
    setting: "GUARDIAN_PRINCIPALS",
  },
  {
    role: "admin",
    may: "see all; trip and pause; set tiers' terms and rules; request exits, assign surplus, correct breaches",
    setting: "ADMIN_PRINCIPALS",
  },
];

export function RolesNeeded({ address }: { address: string }) {
  return (
    <Card title="You have no role in this deployment">
      <p>
        Operations are for operators, guardians and admins, and <code>{address}</code> is none of them. Sign in with a
        wallet that has a role, or have this address named in the deployment's environment: it counts from the next call
        on.
      </p>
      <DataTable
        caption="Roles"
        rows={ROLES_TOLD}
        rowKey={({ role }) => role}
        columns={[
          { key: "role", header: "Role", cell: ({ role }) => role },
          { key: "may", header: "May", cell: ({ may }) => may },
          { key: "setting", header: "Named in", cell: ({ setting }) => <code>{setting}</code> },
        ]}
        empty="There are no roles."
      />
      <p className="hint">
        A role is a Stacks address, signed in like anybody. Nobody who has one can move a provider's money. How roles
        are given stands in docs/operators.md, “Roles”.
      </p>
    </Card>
  );
}
