/** A dialog over the page. */
import { Dialog } from "@base-ui/react/dialog";
import type { ReactNode } from "react";

interface ModalProps {
  title: ReactNode;
  isOpen: boolean;
  /** Asked by Escape, a click beside it, or its own buttons. */
  onClose(): void;
  children: ReactNode;
}

export function Modal({ title, isOpen, onClose, children }: ModalProps) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="modal-backdrop" />
        <Dialog.Popup className="modal">
          <Dialog.Title className="modal-title">{title}</Dialog.Title>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
