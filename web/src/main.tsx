// Starts the dashboard.
import '@/styles/main.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from '@/api/queries';
import { router } from '@/app/router';
import { loadWords } from '@/words';
import { getLang } from '@/words/lang';

const root = document.getElementById('root');
if (root) {
  void loadWords(getLang()).then(() => createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  ));
}
