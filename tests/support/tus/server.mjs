// The reference tus server of npm over a folder: argv is the folder and the port on loopback.
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";

const [directory, port] = process.argv.slice(2);
new Server({ path: "/files", datastore: new FileStore({ directory }) }).listen(Number(port), "127.0.0.1");
