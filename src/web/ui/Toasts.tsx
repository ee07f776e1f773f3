/** Short words about what has just happened, which go by themselves; they are read out, and wait while they are looked at. */
import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { type ReactNode, useCallback } from "react";
import styles from "./Toasts.module.css";

/** Shows a message for some seconds. */
export function useToast(): (message: string) => void {
  const { add } = Toast.useToastManager();
  return useCallback((message) => void add({ description: message }), [add]);
}

function Shown() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={styles.toast}>
      <Toast.Description className={styles.words} />
      <Toast.Close className={styles.close} aria-label="Dismiss">
        <X size={16} aria-hidden />
      </Toast.Close>
    </Toast.Root>
  ));
}

/** Once, around the whole page. */
export function Toasts({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider timeout={8_000}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className={styles.viewport}>
          <Shown />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}
