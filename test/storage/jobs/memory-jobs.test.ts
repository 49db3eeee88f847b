import { MemoryJobs } from '../../../src/storage/jobs/memory-jobs.js';
import type { JobTable } from '../../../src/storage/jobs/job-table.js';
import { jobsContract } from '../../contracts/jobs.contract.js';

jobsContract('memory', async () => {
  let table: JobTable = new MemoryJobs();
  return {
    get table() {
      return table;
    },
    reset: async () => {
      table = new MemoryJobs();
    },
    close: async () => {},
  };
});
