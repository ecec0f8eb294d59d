// A Neo4j Community server with Bolt on loopback: home, port and a file with the password.
import java.nio.file.Files;
import java.nio.file.Path;
import org.neo4j.cli.AdminTool;
import org.neo4j.cli.ExecutionContext;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

class Server {
    public static void main(String[] arguments) throws Exception {
        var home = Path.of(arguments[0]);
        var port = Integer.parseInt(arguments[1]);
        var password = Files.readString(Path.of(arguments[2])).strip();
        if (!Files.exists(home.resolve("data/databases/system"))) {
            var status = AdminTool.execute(
                new ExecutionContext(home, home.resolve("conf")),
                "dbms", "set-initial-password", "--", password);
            if (status != 0) System.exit(status);
        }
        var service = new DatabaseManagementServiceBuilder(home)
            .setConfig(GraphDatabaseSettings.auth_enabled, true)
            .setConfig(GraphDatabaseSettings.pagecache_memory, 128L << 20)
            .setConfig(BoltConnector.enabled, true)
            .setConfig(BoltConnector.listen_address, new SocketAddress("127.0.0.1", port))
            .build();
        Runtime.getRuntime().addShutdownHook(new Thread(service::shutdown));
    }
}
