// Buttons that make a drawing larger, smaller, or show all of it.
import { Maximize, ZoomIn, ZoomOut } from 'lucide-react';
import { useT } from '@/words';
import { IconButton } from './Button';

interface Props { onIn: () => void; onOut: () => void; onWhole: () => void; least?: boolean; most?: boolean }

export function ZoomButtons({ onIn, onOut, onWhole, least = false, most = false }: Props) {
  const t = useT();
  return (
    <div role="group" aria-label={t('zoom.label')} className="flex">
      <IconButton icon={ZoomOut} label={t('zoom.out')} disabled={least} onClick={onOut} />
      <IconButton icon={ZoomIn} label={t('zoom.in')} disabled={most} onClick={onIn} />
      <IconButton icon={Maximize} label={t('zoom.whole')} onClick={onWhole} />
    </div>
  );
}
