// Writes JaCoCo's XML with JaCoCo's own library, as its command line does: Report EXEC CLASSES XML
import java.io.File;
import java.io.FileOutputStream;
import org.jacoco.core.analysis.Analyzer;
import org.jacoco.core.analysis.CoverageBuilder;
import org.jacoco.core.tools.ExecFileLoader;
import org.jacoco.report.IReportVisitor;
import org.jacoco.report.xml.XMLFormatter;

public class Report {
  public static void main(String[] arguments) throws Exception {
    ExecFileLoader loader = new ExecFileLoader();
    loader.load(new File(arguments[0]));
    CoverageBuilder builder = new CoverageBuilder();
    new Analyzer(loader.getExecutionDataStore(), builder).analyzeAll(new File(arguments[1]));
    IReportVisitor visitor = new XMLFormatter().createVisitor(new FileOutputStream(arguments[2]));
    visitor.visitInfo(loader.getSessionInfoStore().getInfos(), loader.getExecutionDataStore().getContents());
    visitor.visitBundle(builder.getBundle("harbour"), null);
    visitor.visitEnd();
  }
}
